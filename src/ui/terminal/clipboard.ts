// OSC 52: sets the clipboard of the user's terminal, also over ssh. Sent on request only.

/** More is cut by some terminals, and then nothing arrives. */
const textMax = 4096;

export const clipboardSequence = (text: string): string =>
  `\x1b]52;c;${Buffer.from(text.slice(0, textMax)).toString('base64')}\x07`;

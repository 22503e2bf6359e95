// OSC 52: text for the clipboard of the terminal that shows us, over any link. Sent on request only: a clipboard belongs to its user.

/** More is cut by some terminals, and then nothing arrives. */
const textMax = 4096;

export const clipboardSequence = (text: string): string =>
  `\x1b]52;c;${Buffer.from(text.slice(0, textMax)).toString('base64')}\x07`;

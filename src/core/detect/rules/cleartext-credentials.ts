// Passwords in the clear: HTTP Basic and forms, FTP, POP3, IMAP, SMTP, Telnet, LDAP, Redis. The password itself is never kept.

import { safeText } from '../../format/safe-text.js';
import type { KernelEvent } from '../../model/kernel-event.js';
import { formLogIn, logInOf } from '../../protocols/log-in.js';
import { base64Text, latin1 } from '../../protocols/text.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressText } from '../address.js';
import { connectionKey, isReadableKernelEvent } from '../connection.js';
import { TCP } from '../protocol-numbers.js';
import type { Report, Rule, RuleContext, RuleDefinition } from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable } from '../windows.js';

/** Log-in dialogues under way at once. */
const DIALOGUES_CAP = 4096;
/** A prompt that isn't answered in that time was none. */
const DIALOGUE_LIFE_US = 120e6;
const telnetPorts = new Set([23, 2323]);
const mailServices = new Map([
  [110, 'POP3'],
  [143, 'IMAP'],
]);
/** Four letters, so base64 as well: a client that gives up. */
const mailVerb = /^(?:QUIT|RSET|NOOP|EHLO|HELO|STAT|LIST)\b/i;
const publicUsers = new Set(['anonymous', 'ftp']);

const thresholds = {
  logIns: {
    value: 1,
    unit: 'log-ins',
    meaning: 'passwords seen',
    origin: 'nDPI CLEAR_TEXT_CREDENTIALS',
  },
} as const;

interface Dialogue {
  user: string;
  /** Telnet: the server has asked for the password. */
  passwordAsked: boolean;
  /** Mail: what the client's next line answers. */
  mailAsks: 'nothing' | 'user' | 'password' | 'both';
  httpFormExpected: boolean;
  /** A server that greets as FTP does. */
  isFtp: boolean;
  timeUs: number;
}

// One object each, not one for every payload.
const userLine = /^USER ([^\r\n]{1,64})\r?\n/i;
const ftpGreeting = /^220[ -]/;
const ftpRefusal = /^5\d\d[ -]/;
const passwordLine = /^PASS [^\r\n]+/i;
const postRequest = /^POST [^\r\n]+HTTP\/1/;
const mailLogInBegins = /^(?:\S{1,20} )?AUTH(?:ENTICATE)? (LOGIN|PLAIN)\s*$/i;
const base64Line = /^([A-Za-z0-9+/]{2,}={0,2})(?:\r\n)?$/;
const passwordPrompt = /(?:pass(?:word|code)?|kennwort)[^\n]{0,20}:\s*$/i;

class CleartextCredentials implements Rule {
  readonly #dialogues: RecencyTable<number, Dialogue>;
  readonly #limit: number;
  /** FTP users who were named in this tick, by connection. */
  readonly #named = new Map<
    number,
    { readonly kernelEvent: KernelEvent; readonly dialogue: Dialogue }
  >();

  constructor(context: RuleContext) {
    this.#limit = context.threshold('logIns');
    this.#dialogues = new RecencyTable(
      'cleartext credentials: dialogues',
      DIALOGUES_CAP,
      context.ledger,
    );
  }

  kernelEvent(kernelEvent: KernelEvent, _tick: Tick, report: Report): void {
    const { sourcePort, destinationPort } = kernelEvent;
    if (kernelEvent.protocol !== TCP) return;
    const isTelnet = telnetPorts.has(sourcePort) || telnetPorts.has(destinationPort);
    // A form that was announced may come in any shape; all else begins with a word.
    if (!isTelnet && this.#dialogues.size === 0 && !isReadableKernelEvent(kernelEvent)) return;
    const text = latin1(kernelEvent.payload);
    const port = Math.min(sourcePort, destinationPort);
    const whole = logInOf(text, kernelEvent.payload, destinationPort);
    if (whole) {
      this.#found(kernelEvent, whole.service, whole.user, report);
      return;
    }
    const key = connectionKey(kernelEvent);
    if (telnetPorts.has(sourcePort)) this.#telnetServer(key, text, kernelEvent.timeUs);
    else if (isTelnet) this.#telnetClient(kernelEvent, key, text, report);
    else this.#lines(kernelEvent, key, text, port, report);
  }

  /** FTP has nothing but the password to follow a name; later packets of a quiet connection may not be reported. */
  tick(_tick: Tick, report: Report): void {
    for (const { kernelEvent, dialogue } of this.#named.values())
      this.#foundUser(kernelEvent, 'FTP', dialogue, report);
    this.#named.clear();
  }

  #lines(kernelEvent: KernelEvent, key: number, text: string, port: number, report: Report): void {
    const user = userLine.exec(text);
    if (user) {
      const dialogue = this.#dialogue(key, kernelEvent.timeUs);
      dialogue.user = user[1]!;
      if (dialogue.isFtp) this.#named.set(key, { kernelEvent, dialogue });
      return;
    }
    if (this.#named.size > 0 && ftpRefusal.test(text)) this.#named.delete(key);
    if (ftpGreeting.test(text)) {
      this.#dialogue(key, kernelEvent.timeUs).isFtp = true;
      return;
    }
    const dialogue = this.#recent(key, kernelEvent.timeUs);
    if (passwordLine.test(text) && dialogue?.user) {
      this.#named.delete(key);
      this.#foundUser(kernelEvent, port === 110 ? 'POP3' : 'FTP', dialogue, report);
      return;
    }
    if (this.#mailLogIn(kernelEvent, key, text, port, report)) return;
    if (postRequest.test(text) && text.includes('form')) {
      this.#dialogue(key, kernelEvent.timeUs).httpFormExpected = true;
    } else if (dialogue?.httpFormExpected) {
      dialogue.httpFormExpected = false;
      const form = formLogIn(text);
      if (form) this.#found(kernelEvent, form.service, form.user, report);
    }
  }

  #foundUser(kernelEvent: KernelEvent, service: string, dialogue: Dialogue, report: Report): void {
    const { user } = dialogue;
    dialogue.user = '';
    if (!publicUsers.has(user.toLowerCase())) this.#found(kernelEvent, service, user, report);
  }

  /** SMTP, POP3 and IMAP: AUTH LOGIN asks for the user, then for the password; AUTH PLAIN for both at once. */
  #mailLogIn(
    kernelEvent: KernelEvent,
    key: number,
    text: string,
    port: number,
    report: Report,
  ): boolean {
    const begins = mailLogInBegins.exec(text);
    if (begins) {
      this.#dialogue(key, kernelEvent.timeUs).mailAsks =
        begins[1]!.toUpperCase() === 'PLAIN' ? 'both' : 'user';
      return true;
    }
    const dialogue = this.#recent(key, kernelEvent.timeUs);
    if (!dialogue || dialogue.mailAsks === 'nothing') return false;
    // Some clients send the end of the line in a packet of its own.
    const line = base64Line.exec(text);
    if (!line) return false;
    if (mailVerb.test(text)) {
      dialogue.mailAsks = 'nothing';
      return false;
    }
    const said = base64Text(line[1]!);
    if (dialogue.mailAsks === 'user') {
      dialogue.mailAsks = 'password';
      dialogue.user = said;
      return true;
    }
    const user = dialogue.mailAsks === 'both' ? (said.split('\0')[1] ?? '') : dialogue.user;
    dialogue.mailAsks = 'nothing';
    dialogue.user = '';
    this.#found(kernelEvent, mailServices.get(port) ?? 'SMTP', user, report);
    return true;
  }

  #telnetServer(key: number, text: string, timeUs: number): void {
    if (passwordPrompt.test(text)) this.#dialogue(key, timeUs).passwordAsked = true;
  }

  #telnetClient(kernelEvent: KernelEvent, key: number, text: string, report: Report): void {
    const dialogue = this.#recent(key, kernelEvent.timeUs);
    if (!dialogue?.passwordAsked) return;
    // Commands of the protocol itself (IAC) are no typing.
    if (text.charCodeAt(0) === 0xff || !/[\x21-\x7e]/.test(text)) return;
    dialogue.passwordAsked = false;
    this.#found(kernelEvent, 'Telnet', dialogue.user, report);
  }

  #dialogue(key: number, timeUs: number): Dialogue {
    const dialogue = this.#dialogues.getOrCreate(key, () => ({
      user: '',
      passwordAsked: false,
      mailAsks: 'nothing',
      httpFormExpected: false,
      isFtp: false,
      timeUs,
    }));
    dialogue.timeUs = timeUs;
    return dialogue;
  }

  #recent(key: number, timeUs: number): Dialogue | undefined {
    const dialogue = this.#dialogues.get(key);
    return dialogue && timeUs - dialogue.timeUs <= DIALOGUE_LIFE_US ? dialogue : undefined;
  }

  #found(kernelEvent: KernelEvent, service: string, user: string, report: Report): void {
    const source = addressText(kernelEvent.sourceAddress);
    const destination = addressText(kernelEvent.destinationAddress);
    const name = safeText(user, 64);
    report({
      kind: 'cleartext_credentials',
      key: `${source} ${destination} ${service}`,
      source: { address: source },
      destination: { address: destination, port: kernelEvent.destinationPort },
      protocol: 'TCP',
      interface: kernelEvent.interface,
      add: 1,
      unit: 'log-ins',
      firstSeenUs: kernelEvent.timeUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${source} sends ${name ? `the password of "${name}"` : 'a password'} in clear text to ${destination} (${service})`,
      spoofable: false,
      confidence: 'high',
      evidence: { service, ...(name ? { user: name } : {}) },
      threshold: { logIns: this.#limit },
    });
  }
}

export const cleartextCredentials: RuleDefinition = {
  name: 'cleartext-credentials',
  kinds: ['cleartext_credentials'],
  method:
    'Reads the first bytes of connections and log-in dialogues: Authorization: Basic, password fields of forms, USER and PASS, LOGIN, AUTH, what is typed after a Telnet password prompt, LDAP simple binds. The password is not kept.',
  thresholds,
  features: controlFeature.payloadFirstBytes,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  create: (context) => new CleartextCredentials(context),
};

// Forged DNS answers: two different ones to one question, or a storm of guessed ids.

import { safeText } from '../format/safe-text.js';
import { addressKey, addressText } from './address.js';
import { plural } from './names.js';
import type { Report } from './rule.js';
import type { DnsKernelEvent } from './tick.js';
import { RecencyTable, type StateLedger } from './windows.js';

const QUESTIONS_CAP = 4096;
/** A guess is one small record; larger ones come of reflectors. */
const GUESS_BYTES_MAX = 300;

export interface ForgeryLimits {
  /** Different answers to one question. */
  readonly conflicts: number;
  /** Ids tried for one question. */
  readonly guesses: number;
}

interface Question {
  /** Who answered first: guesses come in the name of one server, amplification from many. */
  answeredBy: number;
  fromOthers: number;
  bytes: number;
  readonly ids: Map<number, string>;
  answers: number;
  asked: number;
  conflicts: number;
  firstUs: number;
}

export class ForgedAnswers {
  readonly #limits: ForgeryLimits;
  readonly #questions: RecencyTable<string, Question>;

  constructor(limits: ForgeryLimits, ledger: StateLedger) {
    this.#limits = limits;
    // Questions live for two seconds only: old ones are pushed out all the time.
    this.#questions = new RecencyTable(null, QUESTIONS_CAP, ledger);
  }

  note({ kernelEvent, message }: DnsKernelEvent, report: Report): void {
    if (message.labels.length === 0) return;
    const client = message.response ? kernelEvent.destinationAddress : kernelEvent.sourceAddress;
    const port = message.response ? kernelEvent.destinationPort : kernelEvent.sourcePort;
    const key = `${addressKey(client)} ${port} ${message.name} ${message.type}`;
    let question = this.#questions.get(key);
    if (!question || kernelEvent.timeUs - question.firstUs > 2e6) {
      question = {
        answeredBy: 0,
        fromOthers: 0,
        bytes: 0,
        ids: new Map(),
        answers: 0,
        asked: 0,
        conflicts: 0,
        firstUs: kernelEvent.timeUs,
      };
      this.#questions.set(key, question);
    }
    if (!message.response) {
      question.asked += 1;
      return;
    }
    question.answers += 1;
    question.bytes += kernelEvent.packetPayloadLength;
    const server = addressKey(kernelEvent.sourceAddress);
    if (question.answeredBy === 0) question.answeredBy = server;
    else if (question.answeredBy !== server) question.fromOthers += 1;
    if (message.rcode !== 0) return;
    const answer = message.records
      .map((record) => `${record.type} ${record.data}`)
      .sort()
      .join(',');
    const before = question.ids.get(message.id);
    if (question.ids.size < 1024) question.ids.set(message.id, answer);
    // A question that was asked twice may well be answered twice, and differently; one that nobody here asked is amplification.
    if (before !== undefined && before !== answer && answer && before && question.asked === 1)
      question.conflicts += 1;
    const guesses = question.ids.size;
    const isStorm =
      guesses >= this.#limits.guesses &&
      guesses > question.asked * 2 &&
      question.fromOthers * 10 < question.answers &&
      question.bytes < question.answers * GUESS_BYTES_MAX;
    if (!isStorm && question.conflicts < this.#limits.conflicts - 1) return;
    const source = addressText(kernelEvent.sourceAddress);
    const destination = addressText(client);
    const name = safeText(message.name, 80);
    report({
      kind: 'dns_spoof',
      key: `${destination} ${message.name}`,
      source: { address: source },
      destination: { address: destination },
      protocol: 'UDP',
      interface: kernelEvent.interface,
      add: 1,
      unit: 'answers',
      firstSeenUs: question.firstUs,
      lastSeenUs: kernelEvent.timeUs,
      message: isStorm
        ? `${source} sends ${destination} ${plural(question.answers, 'guessed answer')} for ${name}`
        : `${destination} receives two different answers for ${name}: one of them is forged`,
      spoofable: true,
      confidence: isStorm ? 'high' : 'medium',
      evidence: { name, answers: question.answers, ids: guesses, asked: question.asked },
      threshold: isStorm
        ? { answers: this.#limits.guesses, windowSeconds: 2 }
        : { answers: this.#limits.conflicts, windowSeconds: 2 },
    });
  }
}

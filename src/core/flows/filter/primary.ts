// One term of a filter: an address, a port, a protocol, a comparison, or just a word.
import { safeText } from '../../format/safe-text.js';
import { findField } from '../fields.js';
import { ARP_FAMILY, ARP_ROW } from '../flow-constants.js';
import type { SlotFilter } from '../query.js';
import { type Field, fields } from '../schema/schema.js';
import { parseNetwork } from './addresses.js';
import { addressIn, all, any, label, not, number, port, type Side } from './masks.js';
import { parseQuantity, quantityHints } from './quantities.js';
import { anywhere, glob, mayBeAddress, regex, type TextTest } from './text-tests.js';
import { didYouMean, FilterProblem, type TokenCursor } from './token-cursor.js';
import type { Token } from './tokens.js';
import { type PortRange, parsePorts, ValueList } from './values.js';
import { addressKind, laterField, type ProtocolWord, protocolWord } from './words.js';

const operatorWords: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
  contains: 'contains',
  matches: '~',
};

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~' | 'contains' | 'in';

const comparisons: Readonly<Record<string, (value: number, than: number) => boolean>> = {
  '=': (value, than) => value === than,
  '>': (value, than) => value > than,
  '>=': (value, than) => value >= than,
  '<': (value, than) => value < than,
  '<=': (value, than) => value <= than,
};

export class PrimaryParser {
  readonly #cursor: TokenCursor;
  readonly #list: ValueList;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
    this.#list = new ValueList(cursor);
  }

  parse(): SlotFilter {
    const cursor = this.#cursor;
    const { token } = cursor;
    if (token.kind === 'text') return this.#anywhere(cursor.next().value);
    if (token.kind === 'regex') return anywhere(this.#regex(cursor.next()), true);
    if (token.kind !== 'word') throw cursor.unexpected('an address, a port, a protocol or a field');
    return (
      this.#protocolBeforeKind() ??
      this.#sided() ??
      this.#addressed('either') ??
      this.#later() ??
      this.#directed() ??
      this.#compared() ??
      this.#bare(cursor.next())
    );
  }

  /** Does a comparison follow the current word? */
  #isCompared(ahead = 1): boolean {
    const next = this.#cursor.peek(ahead);
    if (next.kind === 'operator')
      return next.value !== '!' && next.value !== '&&' && next.value !== '||';
    if (next.kind === 'punctuation') return next.value === ':';
    return (
      next.kind === 'word' && (next.value === 'in' || Object.hasOwn(operatorWords, next.value))
    );
  }

  /** "tcp port 443", "udp src port 53": one term, so that it can be combined by "or". */
  #protocolBeforeKind(): SlotFilter | null {
    const cursor = this.#cursor;
    const protocol = protocolWord(cursor.token.value);
    const next = cursor.peek();
    if (!protocol || this.#isCompared() || next.kind !== 'word') return null;
    const follows =
      ['src', 'dst'].includes(next.value) ||
      addressKind(next.value, this.#isCompared(2)) !== undefined;
    if (!follows) return null;
    cursor.next();
    const rest = this.#sided() ?? this.#addressed('either');
    if (!rest) throw cursor.unexpected('host, net or port');
    return all([protocolFilter(protocol), rest]);
  }

  /** "src …", "dst …", "src or dst …", "src and dst …". */
  #sided(): SlotFilter | null {
    const cursor = this.#cursor;
    if (!cursor.isWord('src', 'dst') || this.#isCompared()) return null;
    const first = cursor.next().value;
    let side: Side = first === 'src' ? 'source' : 'destination';
    const other = first === 'src' ? 'dst' : 'src';
    const { value: next, kind } = cursor.peek();
    if (cursor.isWord('or', 'and') && kind === 'word' && next === other) {
      side = cursor.token.value === 'or' ? 'either' : 'both';
      cursor.next();
      cursor.next();
    }
    return this.#addressed(side) ?? this.#address(side, 'host');
  }

  #addressed(side: Side): SlotFilter | null {
    const cursor = this.#cursor;
    if (cursor.token.kind !== 'word') return null;
    const kind = addressKind(cursor.token.value, this.#isCompared());
    if (!kind) return null;
    const { value } = cursor.next();
    const operator = this.#operator();
    const filter =
      kind === 'port' || kind === 'portrange'
        ? this.#port(side, operator ?? '=')
        : this.#address(side, kind, operator ?? '=');
    if (value === 'tcp.port') return all([protocolFilter({ kind: 'protocol', number: 6 }), filter]);
    if (value === 'udp.port')
      return all([protocolFilter({ kind: 'protocol', number: 17 }), filter]);
    return filter;
  }

  #operator(): Operator | null {
    const cursor = this.#cursor;
    const { token } = cursor;
    if (token.kind === 'punctuation' && token.value === ':') {
      cursor.next();
      return '=';
    }
    if (token.kind === 'word' && token.value === 'in') {
      cursor.next();
      return 'in';
    }
    if (token.kind === 'word' && Object.hasOwn(operatorWords, token.value)) {
      cursor.next();
      return operatorWords[token.value] as Operator;
    }
    if (token.kind !== 'operator' || ['!', '&&', '||'].includes(token.value)) return null;
    cursor.next();
    return (token.value === '==' ? '=' : token.value) as Operator;
  }

  #address(side: Side, kind: 'host' | 'net', operator: Operator = '='): SlotFilter {
    const values = this.#list.parse('an address', true);
    const networks = values.map((value) => {
      const network = parseNetwork(value.value, kind === 'net');
      if (network) return network;
      throw new FilterProblem(
        value,
        `"${value.raw}" is no ${kind === 'net' ? 'network' : 'address'}`,
        'addresses look like 10.0.0.1, 10.0.0.0/8 or fd00::1; host names are not known',
      );
    });
    const filter = addressIn(side, networks);
    if (operator === '!=') return not(filter);
    if (operator !== '=' && operator !== 'in') {
      throw new FilterProblem(
        values[0]!,
        `addresses can't be compared by ${operator}`,
        'use = or a network such as 10.0.0.0/8',
      );
    }
    return filter;
  }

  #port(side: Side, operator: Operator): SlotFilter {
    const values = this.#list.parse('a port', true);
    const ranges = values.flatMap((value): PortRange[] => {
      const found = parsePorts(value.value);
      if (found) return found;
      throw new FilterProblem(
        value,
        `unknown port or service "${value.raw}"`,
        didYouMean(value.value),
      );
    });
    const inside = (value: number): boolean =>
      ranges.some(([from, to]) => value >= from && value <= to);
    if (operator === '!=') return not(port(side, inside));
    if (operator === '=' || operator === 'in') return port(side, inside);
    const compare = comparisons[operator];
    const [than] = ranges;
    if (!compare || ranges.length !== 1 || than![0] !== than![1]) {
      throw new FilterProblem(
        values[0]!,
        `ports can't be compared by ${operator} here`,
        'one number: port > 1024',
      );
    }
    return port(side, (value) => compare(value, than![0]));
  }

  #later(): SlotFilter | null {
    const { token } = this.#cursor;
    const what = findField(token.value) ? undefined : laterField(token.value);
    if (!what) return null;
    throw new FilterProblem(
      token,
      `"${token.raw}": ${what} are not known in this version`,
      `a text that is meant literally: "${token.raw}"`,
    );
  }

  /** "in" and "out" alone, "inbound", "outbound". */
  #directed(): SlotFilter | null {
    const cursor = this.#cursor;
    if (!cursor.isWord('in', 'out', 'inbound', 'outbound') || this.#isCompared()) return null;
    return directionFilter(cursor.next().value.startsWith('in'));
  }

  #compared(): SlotFilter | null {
    const cursor = this.#cursor;
    const field = findField(cursor.token.value);
    if (!field) {
      if (this.#isCompared() && cursor.peek().kind === 'operator') {
        throw new FilterProblem(
          cursor.token,
          `there is no field "${cursor.token.raw}"`,
          didYouMean(cursor.token.value) ?? `fields: ${fields.map((one) => one.name).join(' ')}`,
        );
      }
      return null;
    }
    const word = cursor.next();
    const operator = this.#operator();
    switch (field.kind) {
      case 'address':
        return this.#address(
          field.name === 'source' ? 'source' : 'destination',
          'host',
          operator ?? '=',
        );
      case 'port':
        return this.#port(field.name === 'sport' ? 'source' : 'destination', operator ?? '=');
      case 'name':
      case 'label':
        return this.#name(field, operator);
      default:
        return this.#quantity(field, word, operator);
    }
  }

  #quantity(field: Field, word: Token, operator: Operator | null): SlotFilter {
    if (operator === null && field.kind !== 'number') {
      throw new FilterProblem(
        word,
        `"${word.raw}" needs a comparison`,
        `for example: ${field.name} > 1M`,
      );
    }
    const values = this.#list.parse('a number', operator === 'in' || field.kind === 'number');
    const numbers = values.map((value) => {
      const quantity = parseQuantity(value.raw, field.kind);
      if (quantity !== null) return quantity;
      throw new FilterProblem(
        value,
        `"${value.raw}" is no value for ${field.name}`,
        quantityHints[field.kind] ?? null,
      );
    });
    const present = (value: number): boolean => value >= 0;
    if (operator === null || operator === 'in' || operator === '=') {
      return number(field.read, (value) => numbers.includes(value));
    }
    if (operator === '!=') return number(field.read, (value) => !numbers.includes(value));
    const compare = comparisons[operator];
    if (!compare)
      throw new FilterProblem(
        word,
        `${field.name} is a number: ${operator} doesn't fit`,
        'use = != > >= < <=',
      );
    const [than] = numbers;
    return number(field.read, (value) => present(value) && compare(value, than!));
  }

  #name(field: Field, operator: Operator | null): SlotFilter {
    const { token } = this.#cursor;
    if (operator === '~' || operator === '!~') {
      if (token.kind !== 'regex' && token.kind !== 'text' && token.kind !== 'word') {
        throw this.#cursor.unexpected('a regular expression');
      }
      const filter = label(field, this.#regex(this.#cursor.next()));
      return operator === '!~' ? not(filter) : filter;
    }
    if (operator && !['=', '!=', 'in', 'contains'].includes(operator)) {
      throw new FilterProblem(
        token,
        `${field.name} is a text: ${operator} doesn't fit`,
        'use = != ~ or contains',
      );
    }
    if (token.kind === 'regex') return label(field, this.#regex(this.#cursor.next()));
    const values = this.#list.parse('a name', true);
    const filters = values.map((value) => this.#oneName(field, operator, value));
    return operator === '!=' ? not(any(filters)) : any(filters);
  }

  #oneName(field: Field, operator: Operator | null, value: Token): SlotFilter {
    const exact = operator === '=' || operator === '!=' || operator === 'in';
    const protocol = field.name === 'protocol' ? this.#protocolValue(value) : undefined;
    if (protocol && operator !== 'contains') return protocolFilter(protocol);
    const wanted = (field.kind === 'label' ? safeText(value.value) : value.value).toLowerCase();
    if (wanted.includes('*')) return label(field, glob(wanted));
    if (exact) return label(field, (text) => text.toLowerCase() === wanted);
    return label(field, containing(wanted));
  }

  #protocolValue(value: Token): ProtocolWord | undefined {
    const byNumber = /^\d{1,3}$/.test(value.value) ? Number(value.value) : Number.NaN;
    if (byNumber <= 255) return { kind: 'protocol', number: byNumber };
    return protocolWord(value.value.toLowerCase());
  }

  #bare(token: Token): SlotFilter {
    if (/[./:]/.test(token.value) || /^\d+\/\d+$/.test(token.value)) {
      const network = parseNetwork(token.value, /\d\.\d/.test(token.value));
      if (network) return addressIn('either', [network]);
    }
    const ports = /^\d/.test(token.value) ? parsePorts(token.value) : null;
    if (ports) {
      return port('either', (value) => ports.some(([from, to]) => value >= from && value <= to));
    }
    const protocol = protocolWord(token.value);
    if (protocol) return protocolFilter(protocol);
    return this.#anywhere(token.value);
  }

  #anywhere(word: string): SlotFilter {
    return anywhere(word.includes('*') ? glob(word) : containing(word), mayBeAddress(word));
  }

  #regex(token: Token): TextTest {
    const test = regex(token.kind === 'regex' ? token.value : token.raw);
    if (typeof test === 'function') return test;
    throw new FilterProblem(token, test.message, null);
  }
}

function containing(wanted: string): TextTest {
  const lower = wanted.toLowerCase();
  return (text) => text.toLowerCase().includes(lower);
}

function protocolFilter(word: ProtocolWord): SlotFilter {
  if (word.kind === 'tunnel') {
    const inside: SlotFilter = (columns, _context, mask) => {
      for (let slot = 0; slot < mask.length; slot += 1) {
        if (columns.tunnelType[slot] !== word.type) mask[slot] = 0;
      }
    };
    return word.carrier ? any([inside, protocolFilter(word.carrier)]) : inside;
  }
  if (word.kind === 'ports') return port('either', (value) => word.ports.includes(value));
  return (columns, _context, mask) => {
    const { family, protocol } = columns;
    const arp = word.kind === 'protocol' && word.number === ARP_ROW;
    for (let slot = 0; slot < mask.length; slot += 1) {
      const isArp = family[slot] === ARP_FAMILY;
      let matches: boolean;
      if (word.kind === 'family') matches = family[slot] === word.family;
      else matches = arp ? isArp : !isArp && protocol[slot] === word.number;
      if (!matches) mask[slot] = 0;
    }
  };
}

const RECEIVED = [1 << 16, 1 << 17] as const;
const SENT = [1 << 18, 1 << 19] as const;

/** By the first packet's direction: in or out on the interface. */
function directionFilter(inbound: boolean): SlotFilter {
  return (columns, _context, mask) => {
    const { seen, sourceIsLow } = columns;
    for (let slot = 0; slot < mask.length; slot += 1) {
      const forward = sourceIsLow[slot] ? 0 : 1;
      const bits = inbound
        ? RECEIVED[forward]! | SENT[1 - forward]!
        : SENT[forward]! | RECEIVED[1 - forward]!;
      if ((seen[slot]! & bits) === 0) mask[slot] = 0;
    }
  };
}

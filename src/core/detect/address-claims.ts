// Who says that an address is theirs, by ARP or ND, and which of two that say so is lying.
import { RecencyTable, RollingSum, type StateLedger } from './windows.js';

const ADDRESSES_CAP = 8192;
/** MACs of one address at once: more is a flood of its own. */
const CLAIMS_CAP = 8;
/** Hosts that wait for an answer at once. */
const ASKERS_CAP = 16;
const REMEMBERED_US = 3600e6;
/** An owner that was silent longer may have gone: fail-over. */
const LIVELY_US = 120e6;
/** Answers come within milliseconds; a slow host has some seconds. */
const ANSWER_US = 3e6;
/** A host that comes up answers all that waited for it at once: one push. Spoofers come every second or two. */
const BURST_US = 0.5e6;
const WINDOW_US = 60e6;

export interface ClaimLimits {
  /** Claims while another one has the address. */
  readonly flips: number;
  /** Unsolicited answers, with no other claimant seen. */
  readonly unsolicited: number;
}

export interface Claimed {
  readonly address: number;
  readonly mac: string;
  readonly timeUs: number;
  /** Recipient; null: broadcast. */
  readonly to: number | null;
  /** An answer; else the binding stood in a question of the sender's own. */
  readonly isReply: boolean;
  /** To everybody, about oneself: what fail-over does. */
  readonly isAnnouncement: boolean;
}

interface Claim {
  lastUs: number;
  readonly all: RollingSum;
  /** Questions of its own, and the first answer to somebody's question. */
  readonly natural: RollingSum;
  readonly unsolicited: RollingSum;
  /** Unsolicited ones that were no announcements. */
  readonly pushed: RollingSum;
  pushedUs: number;
}

interface Address {
  readonly claims: Map<string, Claim>;
  /** Who asked, and when: an answer goes to its asker. */
  readonly askers: Map<number, number>;
  lastMac: string;
  /** How often the address went from one MAC to another. */
  readonly moves: RollingSum;
}

export class AddressClaims {
  readonly #addresses: RecencyTable<number, Address>;
  readonly #limits: ClaimLimits;

  constructor(name: string, limits: ClaimLimits, ledger: StateLedger) {
    this.#limits = limits;
    this.#addresses = new RecencyTable(`${name}: addresses`, ADDRESSES_CAP, ledger);
  }

  /** A host (`by`) asks who has the address. True if it has just claimed it, unasked, itself. */
  asked(address: number, timeUs: number, by: number, byMac?: string): boolean {
    const known = this.#address(address);
    known.askers.delete(by);
    if (known.askers.size >= ASKERS_CAP) known.askers.delete(known.askers.keys().next().value!);
    known.askers.set(by, timeUs);
    const own = byMac === undefined ? undefined : known.claims.get(byMac);
    return own !== undefined && own.pushed.value(timeUs) > 0;
  }

  /** True if the one who claims is lying. */
  claim(claimed: Claimed): boolean {
    const { mac, timeUs } = claimed;
    const address = this.#address(claimed.address);
    for (const [other, claim] of address.claims) {
      if (timeUs - claim.lastUs > REMEMBERED_US) address.claims.delete(other);
    }
    let claim = address.claims.get(mac);
    if (!claim) {
      if (address.claims.size >= CLAIMS_CAP) return false;
      claim = {
        lastUs: timeUs,
        all: new RollingSum(WINDOW_US),
        natural: new RollingSum(WINDOW_US),
        unsolicited: new RollingSum(WINDOW_US),
        pushed: new RollingSum(WINDOW_US),
        pushedUs: -Infinity,
      };
      address.claims.set(mac, claim);
    }
    claim.lastUs = timeUs;
    claim.all.add(1, timeUs);
    this.#weigh(address, claim, claimed);
    if (address.lastMac !== '' && address.lastMac !== mac) address.moves.add(1, timeUs);
    address.lastMac = mac;
    return this.#lies(address, claim, claimed);
  }

  #address(key: number): Address {
    return this.#addresses.getOrCreate(key, () => ({
      claims: new Map(),
      askers: new Map(),
      lastMac: '',
      moves: new RollingSum(WINDOW_US),
    }));
  }

  /** The first answer to a question is its answer; a second one comes from somebody who wants to be heard. */
  #weigh(address: Address, claim: Claim, claimed: Claimed): void {
    const { timeUs, isReply, isAnnouncement } = claimed;
    const asker = claimed.to ?? [...address.askers.keys()].at(-1);
    const askedUs = asker === undefined ? undefined : address.askers.get(asker);
    if (!isReply) claim.natural.add(1, timeUs);
    else if (askedUs !== undefined && timeUs - askedUs <= ANSWER_US) {
      claim.natural.add(1, timeUs);
      address.askers.delete(asker!);
    } else {
      claim.unsolicited.add(1, timeUs);
      if (isAnnouncement || timeUs - claim.pushedUs < BURST_US) return;
      claim.pushedUs = timeUs;
      claim.pushed.add(1, timeUs);
    }
  }

  #lies(address: Address, claim: Claim, { mac, timeUs }: Claimed): boolean {
    if (claim.pushed.value(timeUs) >= this.#limits.unsolicited) return true;
    // There and back: fail-over moves an address once.
    if (address.moves.value(timeUs) < 2 || claim.all.value(timeUs) < this.#limits.flips)
      return false;
    const guilt = (one: Claim): number => one.unsolicited.value(timeUs) - one.natural.value(timeUs);
    const others = [...address.claims].filter(
      ([other, { lastUs }]) => other !== mac && timeUs - lastUs < LIVELY_US,
    );
    if (others.length === 0) return false;
    const worst = Math.max(...others.map(([, other]) => guilt(other)));
    const own = guilt(claim);
    const isFirst = address.claims.keys().next().value === mac;
    return own > worst || (own === worst && !isFirst);
  }
}

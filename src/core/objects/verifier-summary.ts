// Extracts the few lines of a verifier log that say why: the log itself can have a hundred thousand.

const begin = '-- BEGIN PROG LOAD LOG --';
const end = '-- END PROG LOAD LOG --';
/** Lines with the verifier's statistics only. */
const statistics = /^(processed \d+ insns|verification time|stack depth|max_states_per_insn)/;

/** libbpf's own words go line by line; instructions and register states are the verifier's way there, not its verdict. */
const trace =
  /^\s*(\d+: |;|from \d+ to \d+|R\d+(_\w+)?=|last_idx|regs=|parent |mark_precise|\d+\/\d+ )/;

/** libbpf's prefix adds nothing to an error message. */
const withoutPrefix = (line: string) => line.replace(/^libbpf: /, '').trim();

/** At most `lines` lines, the verdict last; of libbpf's words where no verifier spoke. */
export function summarizeVerifierLog(detail: string, lines = 4): string[] {
  const start = detail.lastIndexOf(begin);
  if (start < 0) return detail.split('\n').map(withoutPrefix).filter(Boolean).slice(0, lines);
  const stop = detail.indexOf(end, start);
  const log = detail.slice(start + begin.length, stop < 0 ? undefined : stop);
  const logLines = log.split('\n').filter((line) => line.trim() !== '' && !statistics.test(line));
  const verdict = logLines.filter((line) => !trace.test(line)).slice(-2);
  const instruction = logLines.filter((line) => /^\s*\d+: /.test(line)).slice(-1);
  const source = logLines.filter((line) => line.startsWith(';')).slice(-1);
  return [...source, ...instruction, ...verdict].map((line) => line.trim()).slice(-lines);
}

/** `program 'name'` of libbpf's words: which one was refused. */
export function refusedProgram(detail: string): string | null {
  return /prog(?:ram)? '([^']+)'/.exec(detail)?.[1] ?? null;
}

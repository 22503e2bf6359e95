// The progress bar of a capture: what it draws, how often, and that it draws nothing where nobody looks.
import { describe, expect, it } from 'vitest';
import { CaptureProgressBar, progressLine } from '../../src/cli/capture-progress.js';

const erase = '\r\u001b[K';

describe('the progress line', () => {
  it('shows share and packets', () => {
    expect(progressLine({ readBytes: 500, totalBytes: 1000, packets: 1_234_567 }, 80)).toBe(
      `[${'#'.repeat(15)}${'-'.repeat(15)}]  50%  1,234,567 packets`,
    );
  });

  it('shows what came out of a pipe', () => {
    expect(progressLine({ readBytes: 2_500_000, totalBytes: null, packets: 10 }, 80)).toBe(
      '10 packets, 2.5 MB',
    );
  });

  it('fits a narrow terminal, and a file that grew while it was read', () => {
    expect(progressLine({ readBytes: 2000, totalBytes: 1000, packets: 1 }, 20).length).toBe(19);
    expect(progressLine({ readBytes: 2000, totalBytes: 1000, packets: 1 }, 80)).toContain('100%');
  });
});

describe('the progress bar', () => {
  const state = { readBytes: 1, totalBytes: 2, packets: 3 };

  it('draws at most ten times a second and leaves no trace', () => {
    const written: string[] = [];
    let now = 0;
    const terminal = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    const bar = new CaptureProgressBar(terminal, () => now);
    bar.clear();
    for (now = 0; now <= 250; now += 50) bar.update(state);
    expect(written).toEqual(Array(3).fill(erase + progressLine(state, 80)));
    bar.clear();
    bar.clear();
    expect(written.slice(3)).toEqual([erase]);
  });

  it('draws nothing where stderr is no terminal', () => {
    const written: string[] = [];
    const bar = new CaptureProgressBar({ write: (text) => written.push(text) }, () => 0);
    bar.update(state);
    bar.clear();
    expect(written).toEqual([]);
  });
});

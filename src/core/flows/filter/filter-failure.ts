// A filter's error as one line for the command line: with the place marked in the text.
import { ExpectedError } from '../../errors/expected-error.js';
import type { FilterError } from '../../model/monitor-port.js';

export function filterFailure(error: FilterError): ExpectedError {
  return new ExpectedError(`wrong filter, character ${error.position + 1}: ${error.message}`, {
    status: 2,
    advice: error.hint ?? 'Examples: "port 443", "src net 10.0.0.0/8 and rate > 1M", "not udp"',
  });
}

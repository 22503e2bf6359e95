// Where a run's data goes beside the screen: one row for each kind of sink, made from what the command line asks for. They run in the monitor's thread.
import type { Consumer } from '../model/consumer.js';
import { AlertCommand, type AlertCommandRequest } from './alert-command.js';
import { AlertWebhook, type AlertWebhookRequest } from './alert-webhook.js';
import { JsonLines, type JsonLinesRequest } from './json-lines.js';
import { OnceTable, type OnceTableRequest } from './once-table.js';
import type { SinkHost } from './sink.js';

/** Plain data: it crosses to the worker thread. */
export type SinkRequest =
  | JsonLinesRequest
  | OnceTableRequest
  | AlertCommandRequest
  | AlertWebhookRequest;

type Makers = {
  readonly [Kind in SinkRequest['kind']]: (
    request: Extract<SinkRequest, { readonly kind: Kind }>,
    host: SinkHost,
  ) => Consumer;
};

const makers: Makers = {
  json: (request, host) => new JsonLines(request, host),
  once: (request, host) => new OnceTable(request, host),
  'alert-exec': (request, host) => new AlertCommand(request, host),
  'alert-webhook': (request, host) => new AlertWebhook(request, host),
};

/** Before privileges are dropped: a pipe is opened a second time. */
export function openSink(request: SinkRequest, host: SinkHost): Consumer {
  return (makers[request.kind] as (request: SinkRequest, host: SinkHost) => Consumer)(
    request,
    host,
  );
}

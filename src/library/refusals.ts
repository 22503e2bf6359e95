// Errors for library calls made too early, too late, or without a user's object, with what to do instead.
import { ExpectedError } from '../core/errors/expected-error.js';

const refusal = (message: string, advice: string): ExpectedError =>
  new ExpectedError(message, { status: 2, advice });

export const notAttached = (): ExpectedError =>
  refusal(
    'no interface is attached',
    'Name interfaces in the options, or call attachToInterface first',
  );

export const noUserObject = (): ExpectedError =>
  refusal(
    'there is no user object',
    'Make the monitor with fromObjectFile or fromBytes, and call startEventProcessing first',
  );

export const nothingToReload = (): ExpectedError =>
  refusal('there is no file to reload: the object came as bytes', 'Give the new bytes, or a path');

export const isClosed = (): ExpectedError =>
  refusal('the monitor is closed', 'Make another one with NetworkMonitor.create');

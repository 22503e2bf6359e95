// The package's version, put in by the bundler.

declare const __VERSION__: string | undefined;

export const programVersion: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0';

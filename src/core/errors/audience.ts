// Whom errors advise: who typed a command line, or who wrote a program with the library. Known when the package's entry is loaded.

let library = false;

/** Called by the library's entry, before anything can fail. */
export function adviseLibraryUsers(): void {
  library = true;
}

export const advisesLibraryUsers = (): boolean => library;

/** The advice fits the caller: options of the command line, or those of `NetworkMonitor`. */
export const adviceFor = (commandLine: string, ofLibrary: string): string =>
  library ? ofLibrary : commandLine;

/** A file that was dropped or chosen. */
export interface GivenFile {
  readonly file: File;
  /** The folder that it was dropped with, such as `runs/first`; empty for none. */
  readonly folder: string;
}

/** What came with a drop, once its folders are read. */
export interface GivenFiles {
  readonly files: readonly GivenFile[];
  /** Folders without any file of use. */
  readonly empty: readonly string[];
}

/** Of a folder only what may be a run is taken: checkpoints and reports lie there as well. */
const arrowFile = /\.(arrows?|feather|ipc)$/i;

/**
 * The files of a drop, those in folders and in folders below them included. What was dropped is known only while the
 * event is handled: it is asked for before this first waits.
 * @throws {Error} naming a file or folder that the browser may not read
 */
export async function droppedFiles({ items }: DataTransfer): Promise<GivenFiles> {
  const dropped = [...items].filter(({ kind }) => kind === 'file');
  const given = dropped.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files: GivenFile[] = [];
  const empty: string[] = [];
  for (const { entry, file } of given) {
    if (entry?.isDirectory) {
      const within = await filesIn(entry as FileSystemDirectoryEntry);
      if (within.length === 0) empty.push(entry.name);
      files.push(...within);
    } else if (file !== null) files.push({ file, folder: '' });
  }
  return { files, empty };
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  const entries = await entriesOf(folder);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isDirectory) files.push(...(await filesIn(entry as FileSystemDirectoryEntry)));
    else if (arrowFile.test(entry.name)) {
      const file = await fileOf(entry as FileSystemFileEntry);
      files.push({ file, folder: folder.fullPath.replace(/^\//, '') });
    }
  }
  return files;
}

/** A reader tells some at a time, and none at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, (reason) => reject(unreadable(folder, reason)));
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, (reason) => reject(unreadable(entry, reason)));
  });
}

function unreadable({ fullPath }: FileSystemEntry, { message }: DOMException): Error {
  return new Error(`${fullPath.replace(/^\//, '')} cannot be read: ${message}`);
}

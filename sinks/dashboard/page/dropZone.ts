import { formatCount } from './format.ts';
import { droppedFiles, type GivenFiles } from './givenFiles.ts';
import type { RunRecord } from './runRecord.ts';
import { showToast } from './toast.ts';

/** Takes recorded runs that are dropped on the page or chosen, and reads them here: nothing is sent anywhere. */
export function takeFiles(chooser: HTMLInputElement, opened: (record: RunRecord) => void): void {
  const take = async (given: Promise<GivenFiles>) => {
    try {
      showToast('Reading …');
      showToast(await read(await given, opened));
    } catch (error) {
      showToast(notOpened(error));
    }
  };
  chooser.addEventListener('change', () => {
    const files = [...(chooser.files ?? [])].map((file) => ({ file, folder: '' }));
    if (files.length === 0) return;
    void take(Promise.resolve({ files, empty: [] })).then(() => {
      chooser.value = '';
    });
  });
  // What is entered has to say that it takes files as well: the frame around the page is entered as it appears.
  for (const type of ['dragenter', 'dragover'] as const)
    addEventListener(type, (drag) => {
      if (!drag.dataTransfer?.types.includes('Files')) return;
      drag.preventDefault();
      document.body.dataset.dropping = '';
    });
  addEventListener('dragleave', (drag) => {
    if (drag.relatedTarget === null) delete document.body.dataset.dropping;
  });
  addEventListener('drop', (drop) => {
    drop.preventDefault();
    delete document.body.dataset.dropping;
    if (drop.dataTransfer?.types.includes('Files')) void take(droppedFiles(drop.dataTransfer));
  });
}

/** Opens the runs among these files. @returns what became of them, in sentences */
async function read({ files, empty }: GivenFiles, opened: (record: RunRecord) => void): Promise<string> {
  // Arrow is loaded with the first file: most visits have none.
  const [{ recordingsIn }, { readRecording }] = await Promise.all([
    import('./recordings.ts'),
    import('./recording.ts'),
  ]);
  const { recordings, refused } = await recordingsIn(files);
  const said = [...empty.map((name) => `${name} has no Arrow file`), ...refused].map(notOpened);
  const whole: string[] = [];
  let rows = 0;
  for (const recording of recordings) {
    const { name, steps, events } = recording;
    try {
      const { record, cutOff } = await readRecording(recording, (soFar) =>
        showToast(`Reading ${name}: ${formatCount(soFar)} rows …`),
      );
      opened(record);
      if (cutOff.length > 0) said.push(`${cutOff.join(', ')}.`);
      else {
        whole.push(name);
        rows += record.rows;
      }
      if (steps.pair !== undefined && events === undefined)
        said.push(`The events of ${name} are in its events.arrows: drop both, or their folder.`);
    } catch (error) {
      said.push(notOpened(error));
    }
  }
  const counted = `${formatCount(rows)} rows of ${whole.length === 1 ? whole[0] : `${whole.length} runs`}.`;
  return [...(whole.length === 0 ? [] : [counted]), ...said].join(' ');
}

function notOpened(reason: unknown): string {
  return `Not opened: ${reason instanceof Error ? reason.message : reason}.`;
}

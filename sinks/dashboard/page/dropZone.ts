import { formatCount } from './format.ts';
import type { RunRecord } from './runRecord.ts';
import { showToast } from './toast.ts';

/** Takes Arrow files that are dropped on the page or chosen, and reads them here: nothing is sent anywhere. */
export function takeFiles(chooser: HTMLInputElement, opened: (record: RunRecord) => void): void {
  const take = async (files: Iterable<File>) => {
    for (const file of files) {
      try {
        showToast(`Reading ${file.name} …`);
        // Arrow is loaded with the first file: most visits have none.
        const { readRecordedFile } = await import('./recordedFile.ts');
        const { record, cutOff } = await readRecordedFile(file, (rows) =>
          showToast(`Reading ${file.name}: ${formatCount(rows)} rows …`),
        );
        opened(record);
        showToast(cutOff === undefined ? `${formatCount(record.rows)} rows of ${file.name}.` : `${cutOff}.`);
      } catch (error) {
        showToast(`Not opened: ${error instanceof Error ? error.message : error}.`);
      }
    }
  };
  chooser.addEventListener('change', () => {
    void take([...(chooser.files ?? [])]).then(() => {
      chooser.value = '';
    });
  });
  addEventListener('dragover', (drag) => {
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
    void take([...(drop.dataTransfer?.files ?? [])]);
  });
}

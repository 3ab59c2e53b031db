const SHOWN_MS = 6000;
let hiding: ReturnType<typeof setTimeout> | undefined;

/** Says something that needs no answer, for a few seconds. */
export function showToast(text: string): void {
  const toast = document.getElementById('toast')!;
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    toast.hidden = true;
  }, SHOWN_MS);
}

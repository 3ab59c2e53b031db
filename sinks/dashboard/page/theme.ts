const KEY = 'onager.theme';
type Choice = 'auto' | 'light' | 'dark';
const next: Readonly<Record<Choice, Choice>> = { auto: 'dark', dark: 'light', light: 'auto' };
const names: Readonly<Record<Choice, string>> = { auto: 'Theme: auto', dark: 'Theme: dark', light: 'Theme: light' };

let cache = new Map<string, string>();

/** The value of a colour variable of the style sheet: a canvas has to be told. */
export function color(name: string): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || '#888';
    cache.set(name, value);
  }
  return value;
}

/** Follows the system, or what the button chose. */
export function watchTheme(button: HTMLButtonElement, changed: () => void): void {
  let choice: Choice = remembered();
  const apply = () => {
    if (choice === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.textContent = names[choice];
    cache = new Map();
    changed();
  };
  button.addEventListener('click', () => {
    choice = next[choice];
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Chosen for this visit, then.
    }
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
  apply();
}

function remembered(): Choice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto';
  }
}

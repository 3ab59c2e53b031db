/** Who may read, and who may control, by the name that the address and the tab have for it. */
const keys = { token: 'onager.token', control: 'onager.control' } as const;

/** The token from the address (`#token=…`, which no server is sent) or from earlier in this tab. */
export function tokenAtHand(): string | undefined {
  return atHand('token');
}

/** The control token (`#control=…`), likewise. */
export function controlToken(): string | undefined {
  return atHand('control');
}

/** Keeps a token until the tab is closed, where the browser allows it. */
export function keepToken(token: string): void {
  keep('token', token);
}

/** The same of the control token; undefined forgets it. */
export function keepControlToken(token: string | undefined): void {
  keep('control', token);
}

function atHand(name: keyof typeof keys): string | undefined {
  const hash = new URLSearchParams(location.hash.slice(1));
  const given = hash.get(name);
  if (given !== null) {
    keep(name, given);
    // Nobody who copies the address from now on gives the token away.
    hash.delete(name);
    const rest = hash.toString();
    history.replaceState(null, '', location.pathname + (rest === '' ? '' : `#${rest}`));
    return given;
  }
  try {
    return sessionStorage.getItem(keys[name]) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(name: keyof typeof keys, token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(keys[name]);
    else sessionStorage.setItem(keys[name], token);
  } catch {
    // Asked for again after a reload, then.
  }
}

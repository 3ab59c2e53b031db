const KEY = 'onager.token';

/** The token from the address (`#token=…`, which no server is sent) or from earlier in this tab; the address is cleared of it. */
export function tokenAtHand(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    keepToken(given);
    history.replaceState(null, '', location.pathname);
    return given;
  }
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a token until the tab is closed, where the browser allows it. */
export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Asked for again after a reload, then.
  }
}

/** What the server lets style sheets be marked with that are made while the page runs (Content-Security-Policy). */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

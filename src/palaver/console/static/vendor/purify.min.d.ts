/** What of DOMPurify is used here; the file itself sets a global of that name. */
export interface DOMPurify {
  sanitize(markup: string, options: { readonly RETURN_DOM_FRAGMENT: boolean }): DocumentFragment;
}

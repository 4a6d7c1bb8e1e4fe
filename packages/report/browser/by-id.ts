// An element that the page is known to have.

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element;
}

export const inputById = (id: string): HTMLInputElement => byId(id) as HTMLInputElement;

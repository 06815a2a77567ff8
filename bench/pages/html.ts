// HTML as text: what is escaped, and the one kind of table that the pages have.

/** A table whose first column names its rows. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = ([name, ...values]: readonly (string | number)[]) =>
    `<tr><th scope="row">${escapeHtml(name!)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join("")}</tr>`;
  const top = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  return `<table>${top && `<thead><tr>${top}</tr></thead>`}<tbody>${rows.map(cells).join("")}</tbody></table>`;
}

export const escapeHtml = (text: string | number): string =>
  String(text).replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!,
  );

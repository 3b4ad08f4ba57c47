"use strict";
// A column's heading sorts its table: up, down, as it was. What has no value stays at the end.
const numberOf = (text) => {
  const plain = text.replace(/[,[\]]/g, "");
  return plain.startsWith("inf") ? Infinity : parseFloat(plain);
};
const compare = (one, other, sign) => {
  const [a, b] = [numberOf(one), numberOf(other)];
  if (Number.isNaN(a) && Number.isNaN(b)) return sign * one.localeCompare(other);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
  return a === b ? 0 : sign * (a - b);
};
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const now = heading.getAttribute("aria-sort");
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      const next = { ascending: "descending", descending: null }[now];
      const rows = [...original];
      if (next !== null) {
        heading.setAttribute("aria-sort", next ?? "ascending");
        const sign = next === "descending" ? -1 : 1;
        const text = (row) => row.cells[column].textContent.trim();
        rows.sort((one, other) => (column ? compare(text(one), text(other), sign) : sign * text(one).localeCompare(text(other))));
      }
      body.append(...rows);
    });
  });
}
// The contents are beside the page where there is room, and out of the way where there is none.
const contents = document.querySelector(".contents");
const wide = matchMedia("(min-width: 70rem)");
const arrange = () => { contents.open = wide.matches; };
wide.addEventListener("change", arrange);
arrange();

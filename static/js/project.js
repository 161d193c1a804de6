// Create Project: proposes an ID that follows the name until one is typed, and shows the address.

const name = document.getElementById("id_name");
const id = document.getElementById("id_slug");
const address = document.querySelector("[data-address]");
const LONGEST = 40;

let typed = id.value !== "";

name.addEventListener("input", () => {
  if (!typed) {
    id.value = propose(name.value);
    show();
  }
});

id.addEventListener("input", () => {
  typed = id.value !== "";
  show();
});

show();

// Letters with marks lose the marks. What has no letters in ASCII proposes nothing.
function propose(text) {
  return text
    .slice(0, 200)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST)
    .replace(/^-|-$/g, "");
}

function show() {
  const { before, after, unset } = address.dataset;
  address.textContent = before + (id.value.trim().toLowerCase() || unset) + after;
}

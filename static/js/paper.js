// What a person should keep goes into a file or onto paper; without this script it can be copied by hand.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-download]");
  if (button) {
    save(button.dataset.download);
  } else if (event.target.closest("[data-print]")) {
    window.print();
  }
});

document.documentElement.classList.add("has-paper");

function save(name) {
  const lines = [...document.querySelectorAll("[data-paper] li")].map((item) => item.textContent.trim());
  const file = new Blob([lines.join("\n") + "\n"], { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

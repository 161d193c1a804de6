"use strict";

// Copy buttons: <button data-copy="text">, which answers in place and to screen readers.
const status = document.querySelector("[data-copy-status]");

for (const button of document.querySelectorAll("[data-copy]")) {
  const word = button.querySelector("[data-copy-word]");
  const before = word.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      word.textContent = "Copied 已复制";
    } catch {
      // Without permission to write, selecting the text leaves one key to press.
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      word.textContent = "Selected 已选中";
    }
    status.textContent = word.textContent;
    setTimeout(() => {
      word.textContent = before;
      status.textContent = "";
    }, 2000);
  });
}

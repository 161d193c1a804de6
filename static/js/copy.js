// Buttons that copy: <button data-copy="value" data-copied="Copied"><span data-copy-text>Copy</span></button>

const ANSWER_MILLISECONDS = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button && (await copy(button.dataset.copy))) {
    answer(button);
  }
});

document.documentElement.classList.add("has-copy");

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain HTTP on a host that is not this machine has no clipboard of the newer kind.
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const carrier = document.createElement("textarea");
  carrier.value = text;
  carrier.className = "visually-hidden";
  document.body.append(carrier);
  carrier.select();
  const done = document.execCommand("copy");
  carrier.remove();
  return done;
}

function answer(button) {
  const label = button.querySelector("[data-copy-text]");
  button.dataset.label ??= label.textContent;
  label.textContent = button.dataset.copied;
  announce(button.dataset.copied);
  clearTimeout(button.answerTimer);
  button.answerTimer = setTimeout(() => {
    label.textContent = button.dataset.label;
    announce("");
  }, ANSWER_MILLISECONDS);
}

function announce(text) {
  const announcer = document.querySelector("[data-announcer]");
  if (announcer) {
    announcer.textContent = text;
  }
}

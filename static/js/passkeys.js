// Forms that are sent with a passkey. Each has a hidden field `credential`, and is
//   data-passkey="create"  to make one by the options in the page, or
//   data-passkey="get"     to use one; without options in the page, its own address tells them.

const usable = Boolean(window.PublicKeyCredential && navigator.credentials);

for (const form of document.querySelectorAll("[data-passkey]")) {
  prepare(form);
}

function prepare(form) {
  form.classList.add(usable ? "is-usable" : "is-unusable");
  if (usable) {
    // Who comes back to this page may try again.
    window.addEventListener("pageshow", () => (buttonOf(form).disabled = false));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  }
}

function buttonOf(form) {
  return form.querySelector("button:not([type])");
}

async function ask(form) {
  const button = buttonOf(form);
  tell(form, "");
  button.disabled = true;
  try {
    const publicKey = decoded((await options(form)).publicKey);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = JSON.stringify(encoded(credential));
    form.submit();
  } catch (error) {
    tell(form, error.name === "InvalidStateError" ? "known" : "failed");
    button.disabled = false;
    button.focus();
  }
}

async function options(form) {
  if (form.dataset.options) {
    return JSON.parse(document.getElementById(form.dataset.options).textContent);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(`The options could not be fetched: ${answer.status}`);
  }
  return (await answer.json()).request_options;
}

function tell(form, trouble) {
  for (const name of ["failed", "known"]) {
    form.querySelector(`[data-passkey-${name}]`).hidden = name !== trouble;
  }
}

// JSON knows no bytes, so they travel as base64url.
function decoded(publicKey) {
  const described = (credential) => ({ ...credential, id: bytes(credential.id) });
  const result = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) {
    result.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
  }
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    result[list] = publicKey[list]?.map(described);
  }
  return result;
}

function encoded(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return {
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function bytes(encodedText) {
  const base64 = encodedText.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function text(buffer) {
  const characters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

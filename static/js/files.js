// A file that is too large, such as a picture chosen by mistake, might not get through at all.
// Its beginning is enough to be told so beside the field, with everything else still there.

for (const input of document.querySelectorAll("input[type=file][data-longest]")) {
  input.addEventListener("change", () => {
    const [file] = input.files;
    const longest = Number(input.dataset.longest);
    if (file && file.size > longest) {
      const chosen = new DataTransfer();
      chosen.items.add(new File([file.slice(0, longest + 1)], file.name));
      input.files = chosen.files;
    }
  });
}

/** Downloads by the browser. */

// The browser reads the file after the click.
const URL_LIFETIME_MILLISECONDS = 60_000;

/** Let the browser save *content* as a file. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, URL_LIFETIME_MILLISECONDS);
}

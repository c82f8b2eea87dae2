/**
 * What `git check-ref-format --branch` takes (https://git-scm.com/docs/git-check-ref-format), and one line of text: no control
 * characters, and none that nobody sees or that turn the direction of writing.
 */
export const branchName =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  /^(?![-/.]|@$|HEAD$)(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$))[^\s\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufff9-\ufffb~^:?*[\\]+$/u;

/**
 * Token shapes that providers have published. None can backtrack into more than a bounded distance: each begins at a fixed
 * word, and its last repetition is followed by nothing, or by a character the repetition excludes.
 * A group, where there is one, is what stays in front of the mark.
 */
export const tokenShapes: readonly string[] = [
  // Of an installation it may also be a signed one, with dots: so that one first.
  "ghs_[A-Za-z0-9_.-]{20,2000}",
  "gh[pousr]_[A-Za-z0-9]{20,255}",
  "github_pat_[A-Za-z0-9_]{20,255}",
  "glpat-[A-Za-z0-9_-]{20,255}",
  "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b",
  "((?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|secretAccessKey|SecretAccessKey)[\"']?\\s{0,8}[=:]\\s{0,8}[\"']?)[A-Za-z0-9/+]{40}",
  "\\bxox[a-z]-[A-Za-z0-9-]{10,255}",
  "\\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}",
  "\\bnpm_[A-Za-z0-9]{36}",
  "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*",
  "-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^]*?-----END [A-Z ]{0,40}PRIVATE KEY-----|[^\\n]*)",
  "([Aa]uthorization[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?(?:[Bb]earer|[Bb]asic|[Tt]oken)\\s{1,8})[^\\s\"']+",
  "(?<=:\\/\\/)[^\\s/:@?#\"'<>\\\\]{0,256}:[^\\s/?#\"'<>\\\\]{1,512}(?=@)",
];

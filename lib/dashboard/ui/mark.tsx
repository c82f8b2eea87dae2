/** The product's mark; its name stands beside it or nearby. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M7 21 25 11v4L7 25z" className="fill-on-accent" />
      <path d="M7 14.5 19 8v3.7L7 18.2z" className="fill-on-accent" opacity=".55" />
    </svg>
  );
}

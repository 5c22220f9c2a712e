interface LogoProps {
  /** Edge in px at 16 px text. */
  size?: number;
}

/** The mark: a stem and two leaves leaning on it. Colours are fixed in both themes. */
export function Logo({ size = 40 }: LogoProps) {
  const rem = `${size / 16}rem`;
  return (
    <svg width={rem} height={rem} viewBox="0 0 40 40" aria-hidden>
      <rect width="40" height="40" rx="13" fill="#7E3361" />
      <rect x="9" y="7" width="6.4" height="26" rx="3.2" fill="#fff" />
      <path
        d="M17.2 19.4V14.688A7.688 7.688 0 0 1 24.888 7H29.6V11.712A7.688 7.688 0 0 1 21.912 19.4Z"
        fill="#F1A450"
      />
      <path d="M17.2 20.9V25.498A7.502 7.502 0 0 0 24.702 33H29.3V28.402A7.502 7.502 0 0 0 21.798 20.9Z" fill="#fff" />
    </svg>
  );
}

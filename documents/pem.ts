/** PEM texts (RFC 7468) as bytes, without making strings of what may be a private key. */

export type PemBlock = {
  /** What stands after BEGIN: `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** The whole block, BEGIN and END lines included; a view of the bytes given. */
  readonly bytes: Buffer;
};

/** The PEM blocks of a file, in its order; whatever stands around them is passed over, a block without END as well. */
export function pemBlocks(bytes: Buffer): PemBlock[] {
  const blocks: PemBlock[] = [];
  let start = bytes.indexOf('-----BEGIN ');
  while (start >= 0) {
    const labelEnd = bytes.indexOf('-----', start + 11);
    const label = labelEnd < 0 ? '' : bytes.toString('latin1', start + 11, Math.min(labelEnd, start + 80));
    const footer = `-----END ${label}-----`;
    const end = bytes.indexOf(footer, start);
    if (end >= 0) blocks.push({ label, bytes: bytes.subarray(start, end + footer.length) });
    start = bytes.indexOf('-----BEGIN ', end >= 0 ? end : start + 11);
  }
  return blocks;
}

/** DER bytes as a PEM block of 64 columns that ends in a line feed. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Labels under which certificates come. */
export const isCertificateLabel = (label: string): boolean =>
  label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE';

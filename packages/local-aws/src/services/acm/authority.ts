import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { writeOwnerOnly } from "./owner-file.ts";

/** Signs certificates. Its own is made at the first start; its key lies in the data directory, for its owner alone. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** The file of the certificate, for whoever wants to trust it. */
  readonly file: string;
  issue(names: readonly string[], now: number): Promise<SignedCertificate>;
}

interface SignedCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** 32 hex digits. */
  readonly serial: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const OWN_DAYS = 3650;
/** Browsers take none that is valid for more than 398 days. */
const ISSUED_DAYS = 397;
/** Clocks of containers and browsers differ a little. */
const SKEW_MS = 60 * 60 * 1000;

const { subtle } = crypto;
const newKeys = (): Promise<CryptoKeyPair> => subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function createOwn(randomHex: (n: number) => string): Promise<{ certificate: string; key: string }> {
  const keys = await newKeys();
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomHex(32),
    // Two of them are told apart by more than their keys.
    name: `CN=Local AWS ${randomHex(8)}`,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + OWN_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

/** Opens what `<dataDir>/acm` holds, or makes it. */
export async function openAuthority(dataDir: string, randomHex: (n: number) => string): Promise<Authority> {
  const directory = join(dataDir, "acm");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const [file, keyFile] = [join(directory, "ca.pem"), join(directory, "ca-key.pem")];
  if (!existsSync(file) || !existsSync(keyFile)) {
    const own = await createOwn(randomHex);
    // The certificate last: without it both are made anew.
    writeOwnerOnly(keyFile, own.key);
    writeOwnerOnly(file, own.certificate);
  }
  const certificate = readFileSync(file, "utf8");
  const issuer = new x509.X509Certificate(certificate);
  const raw = x509.PemConverter.decodeFirst(readFileSync(keyFile, "utf8"));
  const signingKey = await subtle.importKey("pkcs8", raw, ALGORITHM, false, ["sign"]);

  return {
    certificate,
    file,
    issue: async (names, now) => {
      const keys = await newKeys();
      const serial = randomHex(32);
      const [notBefore, notAfter] = [now - SKEW_MS, now + ISSUED_DAYS * DAY_MS];
      const signed = await x509.X509CertificateGenerator.create({
        serialNumber: serial,
        // A common name has room for 64 characters; the names that count are the alternative ones.
        subject: `CN=${(names[0] ?? "").slice(0, 64)}`,
        issuer: issuer.subject,
        notBefore: new Date(notBefore),
        notAfter: new Date(notAfter),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value }))),
          await x509.AuthorityKeyIdentifierExtension.create(issuer),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return {
        certificate: signed.toString("pem"),
        key: await pemOf(keys.privateKey),
        serial,
        notBefore,
        notAfter,
      };
    },
  };
}

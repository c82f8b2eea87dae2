import { useParams } from "react-router";

/** The number in the address; `null` where there is something else. */
export function useIdParam(): number | null {
  const { id = "" } = useParams();
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
}

/** Descriptors that copies do not keep: all are closed in one go, when all that is read of them has been read. */
import { vacateCopy } from "../../remote/handover";
import { NOTHING, type Carried, type Subject } from "../carried";
import type { Place } from "./openFiles";

interface Vacancies {
  readonly numbers: number[];
  readonly places: Map<number, Place>;
}

const vacancies = new WeakMap<Subject, Vacancies>();

function of(subject: Subject): Vacancies {
  const known = vacancies.get(subject) ?? { numbers: [], places: new Map<number, Place>() };
  vacancies.set(subject, known);
  return known;
}

/** Has descriptors closed in the copy, soon. Gives how they stood there: filled by then, and empty if that fails. */
export function vacateSoon(subject: Subject, numbers: readonly number[]): ReadonlyMap<number, Place> {
  const known = of(subject);
  known.numbers.push(...numbers);
  return known.places;
}

/** Carrier of nothing: closes them. */
export function carryVacancies(subject: Subject): Carried {
  const { numbers, places } = of(subject);
  for (const place of vacateCopy(subject, numbers)) places.set(place.number, place);
  return NOTHING;
}

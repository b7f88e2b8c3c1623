// So many workers that do nothing but set immutable IDs, one PATCH a row by object id; whether the row is as planned is not
// looked at, nothing is recorded, and nothing read back. A row whose PATCH fails after the library's retries is given up.
import { contend, sideBySide } from './told.ts';
import { signIn } from './signed-in.ts';

await contend(async (rows, [workers = 1]) => {
  const client = await signIn();
  return sideBySide(rows, workers, ({ id, immutableId }) =>
    client
      .api(`/users/${id}`)
      .patch({ onPremisesImmutableId: immutableId })
      .then(
        () => 0,
        () => 1,
      ),
  );
});

// The loop that scripts for this job are: get the user by UPN, set the immutable ID, get the user again, next.
import { contend } from './told.ts';
import { signIn } from './signed-in.ts';

type User = { readonly id: string; readonly onPremisesImmutableId: string | null };

await contend(async (rows) => {
  const client = await signIn();
  const get = (key: string): Promise<User> =>
    client
      .api(`/users/${encodeURIComponent(key)}`)
      .select('id,onPremisesImmutableId')
      .get() as Promise<User>;
  let failed = 0;
  for (const { userPrincipalName, immutableId } of rows) {
    const user = await get(userPrincipalName);
    await client.api(`/users/${user.id}`).patch({ onPremisesImmutableId: immutableId });
    if ((await get(userPrincipalName)).onPremisesImmutableId !== immutableId) failed++;
  }
  return failed;
});

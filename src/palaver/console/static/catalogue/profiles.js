/** Profiles: how a session is answered, whoever answers. */
import { Catalogue, catalogueHead } from "./catalogue.js";
import { personaFields, personaOf } from "./persona.js";

/**
 * @import { Profile } from "../vendor/palaver-client.min.js"
 * @import { Desk } from "../desk.js"
 */

const HINTS = {
  description: "Shown where profiles are chosen.",
  instructions: "How sessions of this profile should be answered.",
};

/**
 * @param {HTMLElement} place
 * @param {Desk} desk
 */
export function openProfiles(place, desk) {
  const { client, user } = desk;
  /** @type {Catalogue<Profile>} */
  const profiles = new Catalogue(desk, {
    one: "profile",
    many: "profiles",
    head: catalogueHead("Profiles", "A session with a profile is answered as the profile says."),
    keyOf: (profile) => profile.profile_id,
    nameOf: (profile) => profile.name,
    linesOf: (profile) => [
      profile.description,
      profile.created_by === user.name ? "Yours" : `Of ${profile.created_by}`,
    ],
    mayAdd: true,
    mayChange: (profile) => user.admin || profile.created_by === user.name,
    page: async (cursor) => {
      const page = await client.listProfiles(cursor ? { cursor } : {});
      return { items: page.profiles, next: page.next_cursor };
    },
    remove: (profile) => client.deleteProfile({ profile_id: profile.profile_id }),
    loss: "Sessions with the profile keep its name.",
    fields: (profile) => personaFields(profile, HINTS),
    save: (profile, form) => {
      const body = personaOf(form);
      if (profile) return client.updateProfile({ profile_id: profile.profile_id, body });
      return client.createProfile({ body });
    },
  });
  place.replaceChildren(profiles.node);
  return () => profiles.close();
}

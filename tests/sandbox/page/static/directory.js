// Who and what the ids in messages stand for.

/** What stands in the place of a room's id for the bot's Home tab. */
export const HOME = "app-home";

/** Names by id, and what the viewer belongs to, from one state of the sandbox. */
export class Directory {
  constructor(state) {
    this.viewer = state.viewer;
    this.people = new Map(state.people.map((person) => [person.id, person]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.groups = new Map((state.groups ?? []).map((group) => [group.id, group]));
  }

  me() {
    return this.people.get(this.viewer);
  }

  isMe(id) {
    return id === this.viewer;
  }

  /** The names of a room's members, people before bots. */
  membersOf(room) {
    const members = room.members.map((id) => this.people.get(id)).filter(Boolean);
    const bots = members.filter((member) => member.kind === "bot");
    return [...members.filter((member) => member.kind !== "bot"), ...bots].map((member) => member.name);
  }

  /** What an avatar needs of a person. */
  face(id) {
    const person = this.people.get(id);
    return person && { ...person, is_bot: person.kind === "bot" };
  }

  /** The bot whose app this workspace has. */
  bot() {
    const bot = [...this.people.values()].find((person) => person.kind === "bot");
    return bot && { ...bot, is_bot: true };
  }

  /** The id of the person of this name. */
  named(name) {
    return [...this.people.values()].find((person) => person.name === name)?.id;
  }

  personName(id) {
    return this.people.get(id)?.name;
  }

  channelName(id) {
    return this.channels.get(id)?.name;
  }

  groupHandle(id) {
    return this.groups.get(id)?.handle?.replace(/^@/, "");
  }

  inGroup(id) {
    return (this.groups.get(id)?.members ?? []).includes(this.viewer);
  }

  /** The channels and direct messages that the viewer would find in their sidebar. */
  rooms() {
    const browses = this.me()?.kind === "member";
    return [...this.channels.values()].filter((channel) => channel.members.includes(this.viewer) || (browses && channel.kind === "public"));
  }

  /** What a room is called: a channel's own name, or the other person of a direct message. */
  roomName(channel) {
    if (!isDirect(channel)) return channel.name;
    const others = channel.members.filter((id) => id !== this.viewer);
    return others.map((id) => this.personName(id) ?? channel.name).join(", ") || channel.name;
  }
}

/** A direct message, between two or among several. */
export function isDirect(channel) {
  return channel.kind === "im" || channel.kind === "mpim";
}

/** A channel only its members can find. */
export function isPrivate(channel) {
  return channel.kind === "private";
}

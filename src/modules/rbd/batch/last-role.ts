/**
 * What a journal says of the last change of an image's role. Its tags are epochs of writing, each with its owner and with
 * what came before: read where Ceph keeps them (`tag_…` and `client_…` in the omap of `journal.ID`;
 * cls/journal/cls_journal_types.h and librbd/journal/Types.h, the same since Jewel), since no command of Ceph shows them.
 * Python; see script.ts.
 */
export const lastRole = `def text_at(data, at):
    size, = struct.unpack_from('<I', data, at)
    return data[at + 4:at + 4 + size].decode(), at + 4 + size


def tag_of(value):
    size, = struct.unpack_from('<I', value, 22)
    data = value[26:26 + size]
    owner, at = text_at(data, 0)
    before, at = text_at(data, at)
    return owner, before, '%d.%d' % struct.unpack_from('<QQ', data, at + 1)


def reading():
    try:
        return rados.ReadOpCtx()
    except TypeError:
        return rados.ReadOpCtx(ioctx)  # before Nautilus


PAGE = 100  # an OSD answers with 1024 entries at most, whatever is asked for


def journal_of(image_id, prefix):
    entries, page = [], None
    while page is None or len(page) >= PAGE:
        with reading() as operation:
            found, _ = ioctx.get_omap_vals(operation, entries[-1][0] if entries else '', prefix, PAGE)
            ioctx.operate_read_op(operation, 'journal.' + image_id)
            page = sorted(found)
        entries += page
    return entries


def written_tags(client):
    """The tags of the newest entries that a client of a journal is done with."""
    size, = struct.unpack_from('<I', client, 6)
    at = 10 + size
    size, = struct.unpack_from('<I', client, at)
    at += 10 + size
    count, = struct.unpack_from('<I', client, at)
    return [struct.unpack_from('<Q', client, at + 18 + 30 * number)[0] for number in range(count)]


def never_told(image):
    """Of an image that was demoted here: a demotion is an entry of a tag of its own, and without that nobody hears of it."""
    newest = int(journal_of(image.id(), 'tag_')[-1][0][len('tag_'):], 16)
    return newest not in written_tags(dict(journal_of(image.id(), 'client_'))['client_'])


def last_role_of(image):
    """None where it cannot be told: nothing is concluded from that."""
    if mode_of(image) != 'journal':
        return None
    try:
        tags = [tag_of(value) for _, value in journal_of(image.id(), 'tag_')]
    except (rados.Error, struct.error, AttributeError):
        return None
    if not tags:
        return None
    demotions = [(before == '', number) for owner, before, number in tags if owner == '<orphan>']
    owner, before, number = tags[-1]
    if owner == '<orphan>':
        role = 'demoted here' if before == '' else 'demoted there'
    else:
        role = 'primary' if owner == '' else 'follows'
    return {'role': role, 'demotion': demotions[-1][1] if demotions else None,
            'heard': [number for here, number in demotions if not here]}


def demotion_cut_off(image, known):
    try:
        return bool(known) and known['role'] == 'demoted here' and never_told(image)
    except (rados.Error, struct.error, KeyError):
        return False
`

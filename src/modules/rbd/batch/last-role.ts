/**
 * What a journal says of the last change of an image's role. Its tags are epochs of writing, each with its owner and with
 * what came before: read where Ceph keeps them (`tag_…` in the omap of `journal.ID`; cls/journal/cls_journal_types.h and
 * librbd/journal/Types.h, the same since Jewel), since no command of Ceph shows them. Python; see script.ts.
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


def journal_tags(image_id):
    with reading() as operation:
        found, _ = ioctx.get_omap_vals(operation, '', 'tag_', 10000)
        ioctx.operate_read_op(operation, 'journal.' + image_id)
        return [tag_of(value) for _, value in sorted(found)]


def last_role_of(image):
    """None where it cannot be told: nothing is concluded from that."""
    if mode_of(image) != 'journal':
        return None
    try:
        tags = journal_tags(image.id())
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
`

using System.Text;

namespace ActorHttp.Files.Storage;

/// <summary>
/// The mount points of remote file systems, which another machine or a program serves (NFS, CIFS, 9p, FUSE). Opening a file on a
/// remote file system can wait for the other side. The flag that forbids waiting for a disk does not prevent this wait. Threads
/// that serve sockets must not open such files.
/// </summary>
internal sealed class RemoteMounts
{
    private const string Table = "/proc/self/mountinfo";

    private static readonly string[] RemoteTypes =
    [
        "9p", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
        "orangefs", "smb3", "smbfs", "virtiofs",
    ];

    // The time after which the table is read again. Reading the table never waits, because the kernel makes its text. A file
    // system that was mounted during this time is not detected yet.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<string>> _read;
    private readonly TimeProvider _time;
    private (string Place, bool IsRemote)[] _mounts = [];
    private long? _readAt;

    public RemoteMounts()
        : this(() => File.Exists(Table) ? File.ReadLines(Table) : [], TimeProvider.System)
    {
    }

    /// <param name="read">Returns the lines of the table, in the format of proc(5).</param>
    /// <param name="time">The clock that decides when the table is read again.</param>
    public RemoteMounts(Func<IEnumerable<string>> read, TimeProvider time)
    {
        _read = read;
        _time = time;
    }

    /// <summary>Whether there is any remote file system.</summary>
    public bool HasAny
    {
        get
        {
            RefreshIfOld();
            return _mounts.Length > 0;
        }
    }

    /// <summary>Whether an absolute path is on a remote file system. No folder of the path may be a link.</summary>
    public bool Cover(string path)
    {
        RefreshIfOld();

        // The deepest mount points are first in the list, so the first match decides. The list is empty when no file system is
        // remote.
        foreach (var (place, isRemote) in _mounts)
        {
            if (path.StartsWith(place, StringComparison.Ordinal)
                && (path.Length == place.Length || place == "/" || path[place.Length] == '/'))
            {
                return isRemote;
            }
        }

        return false;
    }

    private void RefreshIfOld()
    {
        if (_readAt is { } before && _time.GetElapsedTime(before) < Age)
            return;
        _readAt = _time.GetTimestamp();
        var mounts = new List<(string Place, bool IsRemote)>();
        foreach (var line in _read())
        {
            // An example line: 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw. The fifth field is the mount
            // point. The field after the dash is the type of the file system.
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash >= 0 && dash + 1 < fields.Length)
                mounts.Add((Unescape(fields[4]), IsRemote(fields[dash + 1])));
        }

        // When two file systems have the same mount point, the later one hides the earlier one. So the later one must be first in
        // the list.
        mounts.Reverse();
        _mounts = mounts.Exists(mount => mount.IsRemote) ? [.. mounts.OrderByDescending(mount => mount.Place.Length)] : [];
    }

    private static bool IsRemote(string type) => type.StartsWith("fuse", StringComparison.Ordinal) || RemoteTypes.Contains(type);

    // Decodes a field of the table. A blank, a tab, a line break and a backslash are encoded as a backslash and three octal
    // digits.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}

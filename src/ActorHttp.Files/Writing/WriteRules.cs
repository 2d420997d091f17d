using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Writing;

/// <summary>The rules for files that are written: which names and places a file can take, and the answers when it cannot.</summary>
internal static class WriteRules
{
    /// <summary>Why a hidden name is refused (<see cref="FileSettings.Serves"/>).</summary>
    public const string HiddenName = "Names that begin with a dot are not served here.";

    /// <summary>Why a name that is not UTF-8 is refused (<see cref="IsText"/>).</summary>
    public const string NotText = "The file's name is not UTF-8.";

    /// <summary>Why a write is refused whose precondition is false.</summary>
    public const string NotTheOne = "The file is not the one that the condition names.";

    private const string FolderInTheWay =
        "This is a folder; a file cannot take its place. "
        + "The address of a folder ends with a slash, and of a file in it with the file's name.";

    private const string NoPlainFile = "This is a pipe, a socket or a device; a file cannot take its place.";

    /// <summary>The rules of storing an upload.</summary>
    public static UploadRules ForUploads(FileSettings settings) =>
        new(settings.FlushToDisk, settings.CreatesFolders, settings.MinFreeSpace);

    /// <summary>Whether every name in the path is UTF-8, so that it means the same on every system.</summary>
    public static bool IsText(FilePath path) => path.Segments.All(FileName.IsText);

    /// <summary>
    /// Why a file must not take this place now: the state of the disk, or the preconditions of its request. Null when it may.
    /// </summary>
    /// <param name="root">The served folder.</param>
    /// <param name="place">The place.</param>
    /// <param name="conditions">The header fields with the preconditions.</param>
    /// <param name="before">What is at the place; null for nothing.</param>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be looked at.</exception>
    public static (int Status, string Reason)? Obstacle(FileRoot root, string place, HttpHeaders conditions, out FileStat? before)
    {
        before = root.Exists ? root.LookAt(place) : null;
        if (!root.Exists)
            return (503, FaultAnswer.NoFolder);

        // The server no longer serves this folder, so no client could find a file that is written to it.
        if (!root.IsCurrent)
            return (409, "The served folder was switched while the upload came in; nothing was stored.");
        if (before is { Kind: FileKind.Directory })
            return (409, FolderInTheWay);
        if (before is { Kind: FileKind.Other })
            return (409, NoPlainFile);
        if (HasFileForParent(root, place))
            return (409, "A part of the path is a file, not a folder.");
        return FileVersion.Weigh(conditions, before?.Version) == PreconditionOutcome.Proceed ? null : (412, NotTheOne);
    }

    private static bool HasFileForParent(FileRoot root, string place)
    {
        for (var parent = Path.GetDirectoryName(place)!; parent != root.Place; parent = Path.GetDirectoryName(parent)!)
        {
            if (root.LookAt(parent) is { } found)
                return found.Kind != FileKind.Directory;
        }

        return false;
    }
}

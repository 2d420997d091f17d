using ActorHttp.Files.Disks;
using ActorHttp.Files.Settings;
using ActorHttp.Files.Storage;
using ActorHttp.Messages;
using ActorHttp.Semantics;

namespace ActorHttp.Files.Writing;

/// <summary>The rules for writes: which names and places are allowed, and the answers to writes that are not allowed.</summary>
internal static class WriteRules
{
    /// <summary>The reason in the answer to a hidden name (<see cref="FileSettings.Serves"/>).</summary>
    public const string HiddenName = "Names that begin with a dot are not served here.";

    /// <summary>The reason in the answer to a name that is not UTF-8 (<see cref="IsText"/>).</summary>
    public const string NotText = "The file's name is not UTF-8.";

    /// <summary>The reason in the answer 412 to a write whose precondition is false.</summary>
    public const string NotTheOne = "The file is not the one that the condition names.";

    private const string FolderInTheWay =
        "This is a folder; a file cannot take its place. "
        + "The address of a folder ends with a slash, and of a file in it with the file's name.";

    private const string NoPlainFile = "This is a pipe, a socket or a device; a file cannot take its place.";

    /// <summary>Returns the rules for uploads from the settings.</summary>
    public static UploadRules ForUploads(FileSettings settings) =>
        new(settings.FlushToDisk, settings.CreatesFolders, settings.MinFreeSpace);

    /// <summary>Whether every name in the path is UTF-8. Such a path has the same meaning on every system.</summary>
    public static bool IsText(FilePath path) => path.Segments.All(FileName.IsText);

    /// <summary>
    /// Returns the status and the reason when a file must not be written to a place now; null when the write is allowed. Checks
    /// the place on the disk and the preconditions of the request.
    /// </summary>
    /// <param name="root">The root of the request.</param>
    /// <param name="place">The place of the write.</param>
    /// <param name="conditions">The header fields with the preconditions.</param>
    /// <param name="before">The kind and the version of the file at the place; null when there is no file.</param>
    /// <exception cref="IOException">The file system cannot read the place.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system does not permit access to the place.</exception>
    public static (int Status, string Reason)? Obstacle(FileRoot root, string place, HttpHeaders conditions, out FileStat? before)
    {
        before = root.Exists ? root.LookAt(place) : null;
        if (!root.Exists)
            return (503, FaultAnswer.NoFolder);

        // The server serves another folder now. No client would find a file that is written to the old folder.
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

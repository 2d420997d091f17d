namespace ActorHttp.Tests.Sockets;

/// <summary>What a process has open, as Linux tells it.</summary>
internal static class OpenFiles
{
    /// <summary>The files below a folder that a process has open, deleted ones too; always none where there is no /proc.</summary>
    public static IReadOnlyList<string> Below(string folder, int? process = null) =>
        [.. Of(process ?? Environment.ProcessId).Where(target => target.StartsWith(folder + "/", StringComparison.Ordinal))];

    /// <summary>How many sockets a process has.</summary>
    public static int Sockets(int process) => Of(process).Count(target => target.StartsWith("socket:", StringComparison.Ordinal));

    private static List<string> Of(int process)
    {
        var folder = $"/proc/{process}/fd";
        var targets = new List<string>();
        if (!Directory.Exists(folder))
            return targets;
        foreach (var descriptor in Directory.EnumerateFileSystemEntries(folder))
        {
            try
            {
                targets.Add(new FileInfo(descriptor).LinkTarget ?? "");
            }
            catch (IOException)
            {
                // Closed between the two looks; so it is not open.
            }
        }

        return targets;
    }
}

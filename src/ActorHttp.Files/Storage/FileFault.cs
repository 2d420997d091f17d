namespace ActorHttp.Files.Storage;

/// <summary>Maps failures of the file system to status codes and to reasons for the client.</summary>
internal static class FileFault
{
    // The errno values of Linux, and of macOS where they differ.
    private const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;

    // A value of HResult that only this server uses. The value is not an errno and not an HRESULT of Windows.
    public const int NoFolder = -1;
    private const int ReadOnly = 30;
    public const int NotEmpty = 39;
    private const int NotEmptyMac = 66;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;

    // HRESULT values of Windows.
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>
    /// Whether an exception is a failure of the file system. All other exceptions are bugs of the server and go to supervision.
    /// </summary>
    public static bool Covers(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>
    /// Returns the answer to a failed write. When a folder of the path has disappeared, a write gets 409 (conflict) instead of
    /// 404.
    /// </summary>
    public static (int Status, string Reason) AnswerWrite(Exception e) =>
        Answer(e) is (not 404, _) and var answer ? answer : (409, "A folder on the way to this file has gone.");

    /// <summary>Returns the answer to a failed read.</summary>
    public static (int Status, string Reason) Answer(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => (404, "There is no such file."),
        PathTooLongException => (400, "The file's name is too long."),
        UnauthorizedAccessException => (403, "The server may not touch this file."),
        IOException { HResult: NoSpace or QuotaLinux or QuotaMac or WindowsDiskFull or WindowsHandleDiskFull } =>
            (507, "The disk is full."),
        IOException { HResult: NoFolder } => (409, "The folder for this file does not exist."),
        IOException { HResult: NotEmpty or NotEmptyMac } => (409, "The folder is not empty."),
        IOException { HResult: ReadOnly } => (403, "The file system cannot be written to."),
        IOException { HResult: TooManyFiles or TooManyFilesInSystem } => (503, "The server has too many files open."),
        _ => (500, "The file system failed."),
    };
}

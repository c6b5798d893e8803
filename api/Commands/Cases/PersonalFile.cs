namespace StepCloud.Api.Commands.Cases;

/// <summary>A file with what is known of a person: for the account that asked for it alone.</summary>
internal static class PersonalFile
{
    /// <returns>Where it is.</returns>
    /// <exception cref="CommandRefusedException">It is there already, or cannot be written.</exception>
    public static async Task<string> WriteAsync(FileInfo file, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream stream = new(
                file.FullName,
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            await stream.WriteAsync(content, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandRefusedException("cannot_write", $"The file '{file.FullName}' cannot be written: {(file.Exists ? "it is there already" : "is the folder there, and yours?")}");
        }

        return file.FullName;
    }
}

using System.Text;
using Microsoft.Extensions.Options;
using StepCloud.Api.Http;
using StepCloud.Api.Passwords;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Commands.Users;

/// <summary>A password for a command: typed twice and not shown, or one line of the standard input. Never an argument: those stand in the list of processes.</summary>
internal static class PasswordInput
{
    private const string Name = "password";

    /// <param name="file">Holds it on its first line; null for the terminal or the standard input.</param>
    /// <returns>Its hash.</returns>
    /// <exception cref="SettingException">There is none, the two differ, or it may not be chosen.</exception>
    public static async Task<string> ReadHashAsync(string email, FileInfo? file, IConfiguration configuration, CancellationToken cancellationToken)
    {
        string password = file is not null ? await ReadFileAsync(file, cancellationToken)
            : Console.IsInputRedirected
                ? await Console.In.ReadLineAsync(cancellationToken) ?? throw new SettingException(Name, "the standard input is empty; it must hold the password on one line.")
                : Typed();
        if (PasswordPolicy.Check(password, email) is { } fault)
            throw new SettingException(Name, Problems.PasswordRefused("/password", fault).ProblemDetails.Detail!);
        using PasswordHasher hasher = Hasher(configuration);
        return await hasher.HashAsync(password, cancellationToken);
    }

    /// <summary>As the settings have it.</summary>
    public static PasswordHasher Hasher(IConfiguration configuration) =>
        new(Options.Create(SettingsCheck.Read<PasswordOptions>(configuration, PasswordOptions.Section)));

    /// <summary>Something that may be seen, typed at the terminal.</summary>
    public static string Ask(string text)
    {
        Console.Error.Write(text);
        return Console.ReadLine()?.Trim() ?? "";
    }

    private static async Task<string> ReadFileAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            using StreamReader reader = file.OpenText();
            return await reader.ReadLineAsync(cancellationToken) ?? throw new SettingException("--password-file", $"{file} is empty; it must hold the password on its first line.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException("--password-file", $"it cannot be read: {e.Message}", e);
        }
    }

    private static string Typed()
    {
        string first = Prompt("New password: ");
        return Prompt("Once more: ") == first ? first : throw new SettingException(Name, "the two are not the same.");
    }

    private static string Prompt(string text)
    {
        Console.Error.Write(text);
        StringBuilder typed = new();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using ActorHttp.Files;
using ActorHttp.Hosting;

namespace ActorHttp.Tests.Architecture;

/// <summary>
/// The file server and the console host are written with public APIs. What they use of the inside is listed in their README.md with a
/// reason for each. Constants are no part of the lists, because the compiler copies them.
/// </summary>
public sealed partial class InsideTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Libraries = [typeof(ActorHttpBuilder).Assembly, typeof(ActorHttpFiles).Assembly];

    [Theory]
    [InlineData("ActorHttp.Files")]
    [InlineData("ActorHttp.Console")]
    public void A_project_uses_of_the_inside_what_its_README_lists_and_nothing_else(string project)
    {
        var (listed, used) = (Listed(project).ToArray(), UsedBy(Assembly.Load(project)));
        Assert.True(
            used.SetEquals(listed),
            $"Not listed: {string.Join(", ", used.Except(listed))}. Not used: {string.Join(", ", listed.Except(used))}.");
    }

    // The tests use more of the inside than the file server does, and both ways of using a member.
    [Fact]
    public void The_rule_knows_the_inside_when_it_sees_it()
    {
        var used = UsedBy(typeof(InsideTests).Assembly);
        Assert.Contains("Settings.ActorHttpSettings", used);
        Assert.Contains("Hosting.ActorHttpBuilder.Handlers", used);
        Assert.DoesNotContain(used, name => name.StartsWith("Messages.HttpResponse", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Listed(string project)
    {
        var text = File.ReadAllText(Path.Combine(RoomTests.AllSources, project, "README.md"));
        return Row().Matches(
            text[text.IndexOf("## What it uses of the inside", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);
    }

    private static SortedSet<string> UsedBy(Assembly assembly)
    {
        using var file = File.OpenRead(assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeReferences)
        {
            if (Find(metadata, handle) is { IsVisible: false } type)
                used.Add(NameOf(type));
        }

        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            var parent = TypeOf(metadata, member.Parent);
            if (parent is { IsVisible: true } && IsInside(parent, metadata.GetString(member.Name), ParametersOf(metadata, member)))
                used.Add(NameOf(parent, metadata.GetString(member.Name)));
        }

        // An override names no member of its base.
        foreach (var method in assembly.GetTypes().SelectMany(type => type.GetMethods(Everything)).Where(method => method.IsVirtual))
        {
            var overridden = method.GetBaseDefinition();
            if (Libraries.Contains(overridden.DeclaringType!.Assembly)
                && overridden.DeclaringType.Assembly != assembly
                && overridden.DeclaringType.IsVisible
                && !IsPromised(overridden))
            {
                used.Add(NameOf(overridden.DeclaringType, overridden.Name));
            }
        }

        return used;
    }

    private static Type? TypeOf(MetadataReader metadata, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeReference => Find(metadata, (TypeReferenceHandle)handle),
        HandleKind.TypeSpecification => GenericOf(metadata, metadata.GetTypeSpecification((TypeSpecificationHandle)handle)),
        _ => null,
    };

    // GENERICINST (CLASS | VALUETYPE) type, of ECMA-335 II.23.2.14.
    private static Type? GenericOf(MetadataReader metadata, TypeSpecification specification)
    {
        var signature = metadata.GetBlobReader(specification.Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        signature.ReadCompressedInteger();
        var type = signature.ReadTypeHandle();
        return type.Kind == HandleKind.TypeReference ? Find(metadata, (TypeReferenceHandle)type) : null;
    }

    // Null for a type of another assembly.
    private static Type? Find(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var reference = metadata.GetTypeReference(handle);
        var name = metadata.GetString(reference.Name);
        switch (reference.ResolutionScope.Kind)
        {
            case HandleKind.TypeReference:
                return Find(
                    metadata,
                    (TypeReferenceHandle)reference.ResolutionScope)?.GetNestedType(name, BindingFlags.Public | BindingFlags.NonPublic);
            case HandleKind.AssemblyReference:
                var assembly = metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope);
                return Array.Find(Libraries, library => library.GetName().Name == metadata.GetString(assembly.Name))
                    ?.GetType($"{metadata.GetString(reference.Namespace)}.{name}", throwOnError: true);
            default:
                return null;
        }
    }

    // -1 for a field.
    private static int ParametersOf(MetadataReader metadata, MemberReference member)
    {
        var signature = metadata.GetBlobReader(member.Signature);
        var header = signature.ReadSignatureHeader();
        if (header.Kind == SignatureKind.Field)
            return -1;
        if (header.IsGeneric)
            signature.ReadCompressedInteger();
        return signature.ReadCompressedInteger();
    }

    private static bool IsInside(Type type, string name, int parameters)
    {
        for (var declaring = type; declaring is not null && Libraries.Contains(declaring.Assembly); declaring = declaring.BaseType)
        {
            var members = declaring.GetMember(name, Everything).Where(
                member => parameters == ((member as MethodBase)?.GetParameters().Length ?? -1)).ToArray();
            if (members.Length > 0)
                return !members.Any(IsPromised);
        }

        return false;
    }

    private static bool IsPromised(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => true,
    };

    private static string NameOf(Type type, string? member = null)
    {
        var name = type.FullName!["ActorHttp.".Length..].Replace('+', '.');
        return member is null ? name : $"{name}.{Accessor().Replace(member, "")}";
    }

    [GeneratedRegex(@"^\| `([\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^(get|set)_")]
    private static partial Regex Accessor();
}
